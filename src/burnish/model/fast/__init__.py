"""The fast training step: one decoder forward and backward written out, instead of some hundred autograd nodes a layer.

`attach.py` decides whether a model takes it and puts it on, `decoder.py` is the forward and the backward pass, `join.py` the
joined projections with their adapters, `layout.py` what it knows of a layer, `compiled.py` and `plain.py` two forms of the
same operations: C for the CPU, torch for everything else and as the measure.
"""
