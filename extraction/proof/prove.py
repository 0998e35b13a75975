"""All that is proven of a file: it runs and has the flow's sizes, and its numbers are those of another framework."""

from __future__ import annotations

from dataclasses import replace

from extraction import sandbox
from extraction.codegen import Code
from extraction.proof.agree import agree
from extraction.proof.verify import Proof, verify


def prove(code: Code, beside: Code | None = None, *, limits: sandbox.Limits | None = None) -> Proof:
    """`verify`, and then `agree` with code of the same flow; one of the two files is Keras's.

    Where the numbers differ, the proof has failed. Where the other framework is not installed, or there is no such code
    (`beside` is `None`), what the run alone proves is proven.
    """
    proof = verify(code, limits=limits)
    if beside is None or not proof.ok:
        return proof
    keras, other = (code, beside) if code.framework == "keras" else (beside, code)
    agreement = agree(keras, other, limits=limits)
    found = agreement.to_dict() | {"with": beside.framework}
    versions = {**agreement.versions, **proof.versions}
    seconds = round(proof.seconds + agreement.seconds, 2)
    proof = replace(proof, numbers=found, versions=versions, seconds=seconds)
    if agreement.ok:
        return replace(proof, proven=(*proof.proven, "numbers"))
    if agreement.state == "failed":
        return replace(proof, state="failed", error=f"beside {beside.framework}: {agreement.error}")
    return proof
