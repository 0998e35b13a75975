"""How a drawing becomes a network that can be built; `extraction.flow.complete` is the way in.

`expand` makes the graph whole, `outlook` asks later layers about earlier ones, `settle` goes through the layers
and gives each its sizes (`inputs`, `maps`, `vectors`, `joins`), `fit` inserts what shapes call for and no one drew.
"""
