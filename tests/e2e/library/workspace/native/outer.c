int inner(void);

int outer(void) { return 2 * inner(); }
