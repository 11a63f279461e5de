/* libFuzzer brings the main function. */
typedef int no_empty_unit;
