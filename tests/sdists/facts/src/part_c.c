long part_c(void) { return 99; }
