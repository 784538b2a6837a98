/* Random numbers and temporary names: a stream that follows from what the process was asked to do.
 *
 * A process's chain is a hash of its parent's chain, its arguments and its working directory, with the workspace's path
 * left out; it is handed on in REPROWHEEL_DEEP. The seed is the chain and how often this chain has been seen, so two
 * calls of one command differ from each other and not from one build to the next.
 */
#include <sys/random.h>

static uint64_t chain, fork_path;
static _Atomic uint64_t seed, drawn, forks;

/* splitmix64's finalizer: every input bit reaches every output bit. */
static uint64_t mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

/* Adds a word to a hash (FNV-1a); the workspace's path in it counts for nothing, like other absolute paths. */
static uint64_t add_word(uint64_t hash, const char *word, const char *root)
{
    size_t length = strlen(root);
    if (*word == '/' && !strstr(word, root))
        return hash;
    for (; *word; word++) {
        while (!strncmp(word, root, length))
            word += length;
        if (!*word)
            break;
        hash = (hash ^ (unsigned char)*word) * UINT64_C(0x100000001B3);
    }
    return (hash ^ 0xFF) * UINT64_C(0x100000001B3);
}

/* Counts how often a key was seen before, in all processes of the build; a full table counts nothing. */
static uint64_t times_seen(struct world *here, uint64_t key)
{
    for (size_t i = 0; i < SEEN; i++) {
        size_t at = (key + i) % SEEN;
        uint64_t held = 0;
        if (atomic_compare_exchange_strong(&here->seen[at].key, &held, key) || held == key)
            return atomic_fetch_add(&here->seen[at].count, 1);
    }
    return 0;
}

static uint64_t random_number(void)
{
    uint64_t base = atomic_load(&seed), none = 0;
    struct world *here = world();
    if (!here && REAL(getrandom)(&base, sizeof base, 0) == sizeof base)
        return base;
    if (!base) {
        base = mix(chain + mix(fork_path));
        base = mix(base + (here && !fork_path ? times_seen(here, base | 1) : 0)) | 1;
        if (!atomic_compare_exchange_strong(&seed, &none, base))
            base = none;
    }
    return mix(base + UINT64_C(0x9E3779B97F4A7C15) * (atomic_fetch_add(&drawn, 1) + 1));
}

static void fill(void *buffer, size_t size)
{
    for (char *at = buffer; size;) {
        uint64_t value = random_number();
        size_t part = size < sizeof value ? size : sizeof value;
        memcpy(at, &value, part);
        at += part;
        size -= part;
    }
}

/* Runs when the process starts: takes its parent's chain from the environment and leaves its own there. */
#ifdef __GLIBC__
__attribute__((constructor)) static void begin(int count, char **arguments)
#else
__attribute__((constructor)) static void begin(void)
#endif
{
    static const char digits[] = "0123456789abcdef";
    struct world *here = world();
    char path[4096], *given = (char *)variable("REPROWHEEL_DEEP");
    int before = errno;
    if (!here)
        return;
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    hash = add_word(hash, given ? given : "", here->root);
#ifdef __GLIBC__
    for (int i = 0; i < count; i++)
        hash = add_word(hash, arguments[i], here->root);
#else
    int file = REAL(open)("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? 0 : read(file, path, sizeof path - 1);
    path[size > 0 ? size : 0] = 0;
    for (ssize_t at = 0; at < size; at += (ssize_t)strlen(path + at) + 1)
        hash = add_word(hash, path + at, here->root);
    if (file >= 0)
        close(file);
#endif
    if (getcwd(path, sizeof path))
        hash = add_word(hash, path, here->root);
    chain = hash = mix(hash);
    for (char *at = chain_text + sizeof chain_text - 2; *at != '='; at--, hash >>= 4)
        *at = digits[hash & 15];
    if (given && strlen(given) == 16)
        memcpy(given, strchr(chain_text, '=') + 1, 16);
    errno = before;
}

/* ---- numbers ---- */

ssize_t getrandom(void *buffer, size_t size, unsigned flags)
{
    if (!world())
        return REAL(getrandom)(buffer, size, flags);
    fill(buffer, size);
    return (ssize_t)size;
}

int getentropy(void *buffer, size_t size)
{
    if (!world())
        return REAL(getentropy)(buffer, size);
    if (size > 256) {
        errno = EIO;
        return -1;
    }
    fill(buffer, size);
    return 0;
}

#if GLIBC_SINCE(2, 36)
uint32_t arc4random(void) { return (uint32_t)random_number(); }

void arc4random_buf(void *buffer, size_t size) { fill(buffer, size); }

uint32_t arc4random_uniform(uint32_t bound) { return bound ? (uint32_t)((random_number() >> 32) * bound >> 32) : 0; }
#endif

/* ---- names ---- */

enum kind { NAME, FILE_, DIRECTORY };

/* Replaces the six X of a template until nothing has that name. Returns a descriptor, 0, or -1 with errno set. */
static int make_temporary(char *template, int suffix, int flags, enum kind kind)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t length = strlen(template);
    char *place = template + length - suffix - 6;
    int before = errno, result = -1;
    if (suffix < 0 || length < (size_t)suffix + 6 || memcmp(place, "XXXXXX", 6)) {
        errno = EINVAL;
        return -1;
    }
    for (int attempt = 0; attempt < 10000; attempt++) {
        uint64_t value = random_number();
        struct stat found;
        for (int i = 0; i < 6; i++, value /= 62)
            place[i] = letters[value % 62];
        if (kind == DIRECTORY)
            result = mkdir(template, 0700);
        else if (kind == FILE_)
            result = REAL(open)(template, (flags & ~O_ACCMODE) | O_RDWR | O_CREAT | O_EXCL, 0600);
        else if (REAL(fstatat)(AT_FDCWD, template, &found, AT_SYMLINK_NOFOLLOW))
            result = errno == ENOENT ? 0 : -1;
        else
            errno = EEXIST;
        if (result >= 0)
            errno = before;
        if (result >= 0 || errno != EEXIST)
            return result;
    }
    errno = EEXIST;
    return -1;
}

int mkostemps(char *template, int suffix, int flags) { return make_temporary(template, suffix, flags, FILE_); }
int mkostemp(char *template, int flags) { return make_temporary(template, 0, flags, FILE_); }
int mkstemps(char *template, int suffix) { return make_temporary(template, suffix, 0, FILE_); }
int mkstemp(char *template) { return make_temporary(template, 0, 0, FILE_); }
#ifdef __GLIBC__
int mkostemps64(char *template, int suffix, int flags) { return make_temporary(template, suffix, flags, FILE_); }
int mkostemp64(char *template, int flags) { return make_temporary(template, 0, flags, FILE_); }
int mkstemps64(char *template, int suffix) { return make_temporary(template, suffix, 0, FILE_); }
int mkstemp64(char *template) { return make_temporary(template, 0, 0, FILE_); }
#endif

char *mkdtemp(char *template) { return make_temporary(template, 0, 0, DIRECTORY) ? NULL : template; }

char *mktemp(char *template)
{
    if (make_temporary(template, 0, 0, NAME))
        *template = 0;
    return template;
}

#ifdef __GLIBC__
#define NAME_BUFFER buffer[L_tmpnam]
#else
#define NAME_BUFFER *buffer
#endif

char *tmpnam(char NAME_BUFFER)
{
    static char own[L_tmpnam];
    char name[] = P_tmpdir "/fileXXXXXX";
    _Static_assert(sizeof name <= L_tmpnam, "the name fits");
    return make_temporary(name, 0, 0, NAME) ? NULL : strcpy(buffer ? buffer : own, name);
}

#ifdef __GLIBC__
char *tmpnam_r(char NAME_BUFFER) { return buffer ? tmpnam(buffer) : NULL; }
#endif

char *tempnam(const char *where, const char *prefix)
{
    const char *chosen = variable("TMPDIR");
    if (!chosen || access(chosen, W_OK))
        chosen = where && !access(where, W_OK) ? where : P_tmpdir;
    int length = (int)strnlen(prefix ? prefix : "file", 5);
    char *name = malloc(strlen(chosen) + 16);
    if (!name)
        return NULL;
    sprintf(name, "%s/%.*sXXXXXX", chosen, length, prefix ? prefix : "file");
    if (make_temporary(name, 0, 0, NAME)) {
        free(name);
        return NULL;
    }
    return name;
}
