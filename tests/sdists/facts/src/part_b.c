long part_b(void) { return 98; }
