"""What extraction tells the rest of the site."""

from __future__ import annotations

from django.dispatch import Signal

#: Sent on commit with `paper` when its readings are stored. A receiver may miss it (a killed worker), so what it
#: does must also be found and done later.
paper_read = Signal()
