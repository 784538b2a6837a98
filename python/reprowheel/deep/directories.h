/* Directories: entries come in the order of their names' bytes.
 *
 * The first look into a directory reads all of it; positions are then numbers in the sorted list.
 */
#include <dirent.h>
#include <glob.h>
#ifdef __GLIBC__
#include <fts.h>
#endif

struct listing {
    DIR *directory;
    struct listing *after;
    char *text; /* the entries, one behind the other */
    struct dirent **entries;
    size_t count, next;
    int loaded, error;
};

static struct listing *listings;

static struct listing *find_listing(DIR *directory, int take)
{
    struct listing *found = NULL;
    lock();
    for (struct listing **at = &listings; *at; at = &(*at)->after) {
        if ((*at)->directory == directory) {
            found = *at;
            if (take)
                *at = found->after;
            break;
        }
    }
    unlock();
    return found;
}

static void forget(DIR *directory)
{
    int before = errno;
    struct listing *old = find_listing(directory, 1);
    if (old) {
        free(old->entries);
        free(old->text);
        free(old);
    }
    errno = before;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp((*(struct dirent *const *)a)->d_name, (*(struct dirent *const *)b)->d_name);
}

/* Reads the rest of a directory into a listing; false where memory is short. */
static int load(struct listing *list)
{
    size_t used = 0, room = 0;
    for (;;) {
        errno = 0;
        struct dirent *one = REAL(readdir)(list->directory);
        if (!one)
            break;
        size_t size = (one->d_reclen + sizeof(long) - 1) / sizeof(long) * sizeof(long);
        if (used + size + sizeof *one > room) { /* a caller may copy a whole struct dirent from the last entry */
            char *more = realloc(list->text, room = 2 * room + 4096 + size);
            if (!more)
                return 0;
            list->text = more;
        }
        memcpy(list->text + used, one, one->d_reclen);
        ((struct dirent *)(list->text + used))->d_reclen = (unsigned short)size;
        used += size;
        list->count++;
    }
    list->error = errno;
    list->entries = malloc((list->count + 1) * sizeof *list->entries);
    if (!list->entries)
        return 0;
    char *at = list->text;
    for (size_t i = 0; i < list->count; i++, at += ((struct dirent *)at)->d_reclen)
        list->entries[i] = (struct dirent *)at;
    qsort(list->entries, list->count, sizeof *list->entries, compare_entries);
    for (size_t i = 0; i < list->count; i++)
        list->entries[i]->d_off = (off_t)i + 1;
    list->loaded = 1;
    return 1;
}

/* Returns a directory's sorted listing, or NULL with errno set. */
static struct listing *sorted(DIR *directory)
{
    struct listing *list = find_listing(directory, 0);
    if (list)
        return list;
    list = calloc(1, sizeof *list);
    if (list)
        list->directory = directory;
    if (!list || !load(list)) {
        if (list) {
            free(list->text);
            free(list);
        }
        errno = ENOMEM;
        return NULL;
    }
    lock();
    list->after = listings;
    listings = list;
    unlock();
    return list;
}

static struct dirent *next_entry(DIR *directory)
{
    int before = errno;
    struct listing *list = sorted(directory);
    if (!list)
        return NULL;
    errno = list->next < list->count || !list->error ? before : list->error;
    return list->next < list->count ? list->entries[list->next++] : NULL;
}

static int copy_entry(DIR *directory, void *copy, void **result)
{
    int before = errno, error;
    errno = 0;
    struct dirent *one = next_entry(directory);
    error = one ? 0 : errno;
    errno = before;
    if (one)
        memcpy(copy, one, one->d_reclen < sizeof *one ? one->d_reclen : sizeof *one);
    *result = one ? copy : NULL;
    return error;
}

DIR *opendir(const char *path)
{
    DIR *directory = REAL(opendir)(path);
    if (directory)
        forget(directory); /* of an older one at this address that was closed unseen */
    return directory;
}

DIR *fdopendir(int file)
{
    DIR *directory = REAL(fdopendir)(file);
    if (directory)
        forget(directory);
    return directory;
}

int closedir(DIR *directory)
{
    forget(directory);
    return REAL(closedir)(directory);
}

struct dirent *readdir(DIR *directory) { return next_entry(directory); }

int readdir_r(DIR *restrict directory, struct dirent *restrict copy, struct dirent **restrict result)
{
    return copy_entry(directory, copy, (void **)result);
}

void rewinddir(DIR *directory)
{
    forget(directory);
    REAL(rewinddir)(directory);
}

long telldir(DIR *directory)
{
    struct listing *list = find_listing(directory, 0);
    return list ? (long)list->next : 0;
}

void seekdir(DIR *directory, long position)
{
    struct listing *list = sorted(directory);
    if (list)
        list->next = position < 0 ? 0 : (size_t)position < list->count ? (size_t)position : list->count;
}

/* ---- what the C library reads by itself ---- */

typedef int comparison(const struct dirent **, const struct dirent **);

static _Thread_local comparison *wanted_order;

/* Entries that are equal to the caller come in the order of their names, whatever sort is used. */
static int compare_scanned(const struct dirent **a, const struct dirent **b)
{
    int result = wanted_order ? wanted_order(a, b) : 0;
    return result ? result : strcmp((*a)->d_name, (*b)->d_name);
}

#define SCAN(call, order) \
    comparison *outer = wanted_order; \
    wanted_order = (comparison *)order; \
    int result = call; \
    wanted_order = outer; \
    return result

int scandir(const char *restrict path, struct dirent ***restrict found, int (*filter)(const struct dirent *),
            comparison *order)
{
    SCAN(REAL(scandir)(path, found, filter, compare_scanned), order);
}

#ifdef __GLIBC__
_Static_assert(sizeof(struct dirent64) == sizeof(struct dirent), "one form on 64-bit machines");

struct dirent64 *readdir64(DIR *directory) { return (struct dirent64 *)next_entry(directory); }

int readdir64_r(DIR *restrict directory, struct dirent64 *restrict copy, struct dirent64 **restrict result)
{
    return copy_entry(directory, copy, (void **)result);
}

typedef int comparison64(const struct dirent64 **, const struct dirent64 **);

int scandir64(const char *restrict path, struct dirent64 ***restrict found, int (*filter)(const struct dirent64 *),
              comparison64 *order)
{
    SCAN(REAL(scandir64)(path, found, filter, (comparison64 *)compare_scanned), order);
}

int scandirat(int where, const char *restrict path, struct dirent ***restrict found, int (*filter)(const struct dirent *),
              comparison *order)
{
    SCAN(REAL(scandirat)(where, path, found, filter, compare_scanned), order);
}

int scandirat64(int where, const char *restrict path, struct dirent64 ***restrict found,
                int (*filter)(const struct dirent64 *), comparison64 *order)
{
    SCAN(REAL(scandirat64)(where, path, found, filter, (comparison64 *)compare_scanned), order);
}

static int compare_visited(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

static int compare_visited64(const FTSENT64 **a, const FTSENT64 **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

FTS *fts_open(char *const *paths, int options, int (*order)(const FTSENT **, const FTSENT **))
{
    return REAL(fts_open)(paths, options, order ? order : compare_visited);
}

FTS64 *fts64_open(char *const *paths, int options, int (*order)(const FTSENT64 **, const FTSENT64 **))
{
    return REAL(fts64_open)(paths, options, order ? order : compare_visited64);
}

int glob64(const char *restrict pattern, int flags, int (*error)(const char *, int), glob64_t *restrict found)
{
    return REAL(glob64)(pattern, flags & ~GLOB_NOSORT, error, found);
}
#endif

int glob(const char *restrict pattern, int flags, int (*error)(const char *, int), glob_t *restrict found)
{
    return REAL(glob)(pattern, flags & ~GLOB_NOSORT, error, found);
}
