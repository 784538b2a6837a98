static const char *checked_file(long value) {
    assert(value != 54321);
    return __FILE__;
}
long part_a(void), part_b(void), part_c(void), part_d(void);
static long part_sum(void) { return part_a() + part_b() + part_c() + part_d(); }
