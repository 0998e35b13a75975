"""Pictures that programs drew of networks: Keras's `plot_model` and Caffe's `draw_net`, both by Graphviz.

What a program drew has exact shapes: closed cells with letters in them, smooth lines with solid heads.
"""
