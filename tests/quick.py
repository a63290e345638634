"""The switches with which tests compile.

They compile some hundred programs and run each for a moment: XLA's optimisations would cost them
more than they give. What is as fast as it must be is measured in bench/, with all of them. Without
its fusion emitters XLA compiles three times as fast, in one part a third faster than in many, and
without simplifying loops a seventh faster.
Workers ask for speed, and say so in their runs: so do the tests themselves.
"""

LOOPS = (
    "simplify-while-loops",
    "while-loop-invariant-code-motion",
    "while-loop-constant-sinking",
    "tree_reduction_rewriter",
)
QUICK = " ".join(
    f"--xla_{flag}"
    for flag in (
        "backend_optimization_level=0",
        "cpu_use_fusion_emitters=false",
        "cpu_parallel_codegen_split_count=1",
        f"disable_hlo_passes={','.join(LOOPS)}",
    )
)
