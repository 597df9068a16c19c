"""The numbers printed in Tables 1-6 of the paper, and nothing else.

`PAPER_TABLES[table][row][column]` is a printed value. Errors are the relative force errors on 100 test
snapshots. Every table has two levels, so that one piece of code can set any of them beside our own values:

- rows are `"short"` and `"full"` for the short-range and the full-range network, `"error"` where a table has
  one row only, and `"lambda1"`, `"lambda2"` for the two learned inverse lengths of Table 5;
- columns are the inverse length μ₁ of the data, or the number of modes per dimension (N_FFT in the paper, so
  63 stands for 63² in two dimensions), where `None` is the short-range network without any mode.

Table 5 has a half for each dimension; here they are `table5_1d` and `table5_2d`. Its 1-D half is printed with
the headings of the 2-D half; the columns below are those of Table 2, whose runs it describes.
"""

PAPER_TABLES = {
    # 1-D, screened Coulomb, one kernel: error against μ₁.
    "table1": {
        "short": {0.5: 0.05119, 1.0: 0.02919, 2.0: 0.00597, 5.0: 0.00079, 10.0: 0.00032},
        "full": {0.5: 0.00828, 1.0: 0.00602, 2.0: 0.00336, 5.0: 0.00077, 10.0: 0.00054},
    },
    # 1-D, screened Coulomb, two kernels: error against the number of modes.
    "table2": {
        "error": {None: 0.06143, 63: 0.00536, 125: 0.00546, 251: 0.00545, 501: 0.00539},
    },
    # 2-D, screened Coulomb, one kernel: error against μ₁.
    "table3": {
        "short": {1.0: 0.07847, 2.0: 0.02332, 5.0: 0.00433, 10.0: 0.00242},
        "full": {1.0: 0.00785, 2.0: 0.00526, 5.0: 0.00363, 10.0: 0.00181},
    },
    # 2-D, screened Coulomb, two kernels: error against the number of modes per dimension.
    "table4": {
        "error": {None: 0.01872, 21: 0.00202, 31: 0.00168, 45: 0.00153, 63: 0.00177},
    },
    # The learned inverse lengths λ of the runs of Table 2 (data: μ = 5 and 0.5).
    "table5_1d": {
        "lambda1": {63: 2.697, 125: 3.689, 251: 4.181, 501: 4.599},
        "lambda2": {63: 0.522, 125: 0.525, 251: 0.517, 501: 0.519},
    },
    # The learned inverse lengths λ of the runs of Table 4 (data: μ = 10 and 1).
    "table5_2d": {
        "lambda1": {21: 3.608, 31: 3.664, 45: 3.096, 63: 2.955},
        "lambda2": {21: 0.926, 31: 1.039, 45: 1.088, 63: 1.082},
    },
    # 3-D, exponential, one kernel: error against μ₁.
    "table6": {
        "short": {5.0: 0.06249, 7.5: 0.01125, 10.0: 0.00175},
        "full": {5.0: 0.00971, 7.5: 0.00411, 10.0: 0.00151},
    },
}
