"""Plain scalars that readers of YAML may well differ on."""

AWKWARD = """
    yes Yes no off On y n true TRUE tRue false null Null NULL ~ None nan .nan .NaN .inf -.Inf
    +.INF 1e5 1E5 1e-6 1e+5 1.e5 1.5e5 1e 1e5e 12:30:45 1:2 190:20:30.15 1:60 0o17 010 0o 09
    0x1f 0X1F 0b11 0b2 1_000 _1 1__0 1_ 1_0.5 1_000e5 .5 .5e5 .5e-5 -.5 +.5 . .. -. + - -- 5.
    0.0 -0.0 00.5 -0 +1 ++1 2024-01-01 2024-01-01T00:00:00Z 3.14.15 1,000 1% $x ${a} a:b a#b
    a' a" é 日本 \u00a0x x@y !x? =x x= ??? ... a... 1e999 -1e999 123456789012345678901234567890
    0x 0b 1e-400 <<x '' ""
""".split()  # noqa: SIM905 - easier to read than a list
