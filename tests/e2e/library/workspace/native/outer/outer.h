int outer(void);
