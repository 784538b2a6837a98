#ifndef NATIVE_OUTER_H
#define NATIVE_OUTER_H

int native_outer(void);

#endif
