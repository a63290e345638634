"""The switches with which tests compile.

They compile some hundred programs and run each for a moment: XLA's optimisations would cost them
more than they give. What is as fast as it must be is measured in bench/, with all of them. Without
its fusion emitters XLA compiles three times as fast, and in one part a third faster than in many.
Workers ask for speed, and say so in their runs: so do the tests themselves.
"""

QUICK = " ".join(
    f"--xla_{flag}"
    for flag in (
        "backend_optimization_level=0",
        "cpu_use_fusion_emitters=false",
        "cpu_parallel_codegen_split_count=1",
    )
)
