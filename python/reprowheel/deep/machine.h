/* The machine: its kernel, name, CPUs and memory, the same as Python's processes see. The machine's type is real. */
#include <sched.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#define DOMAIN "(none)"

int uname(struct utsname *name)
{
    int result = REAL(uname)(name);
    if (!result && world()) {
        memset(name->nodename, 0, sizeof name->nodename);
        memset(name->release, 0, sizeof name->release);
        memset(name->version, 0, sizeof name->version);
        memset(name->domainname, 0, sizeof name->domainname);
        strcpy(name->nodename, HOST);
        strcpy(name->release, "0");
        strcpy(name->version, "0");
        strcpy(name->domainname, DOMAIN);
    }
    return result;
}

static int put(char *buffer, size_t room, const char *text)
{
    if (room <= strlen(text)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(buffer, text);
    return 0;
}

int gethostname(char *buffer, size_t room)
{
    return world() ? put(buffer, room, HOST) : REAL(gethostname)(buffer, room);
}

int getdomainname(char *buffer, size_t room)
{
    return world() ? put(buffer, room, DOMAIN) : REAL(getdomainname)(buffer, room);
}

long gethostid(void) { return world() ? 0x007F0100 : REAL(gethostid)(); }

#ifdef __GLIBC__
int __gethostname_chk(char *buffer, size_t room, size_t size);
int __gethostname_chk(char *buffer, size_t room, size_t size)
{
    return world() ? put(buffer, room, HOST) : REAL(__gethostname_chk)(buffer, room, size);
}

int __getdomainname_chk(char *buffer, size_t room, size_t size);
int __getdomainname_chk(char *buffer, size_t room, size_t size)
{
    return world() ? put(buffer, room, DOMAIN) : REAL(__getdomainname_chk)(buffer, room, size);
}
#endif

long sysconf(int name)
{
    switch (name) {
    case _SC_NPROCESSORS_ONLN:
    case _SC_NPROCESSORS_CONF:
        if (world())
            return CPUS;
        break;
    case _SC_PHYS_PAGES:
    case _SC_AVPHYS_PAGES:
        if (world())
            return (long)(MEMORY / (uint64_t)REAL(sysconf)(_SC_PAGESIZE));
        break;
    }
    return REAL(sysconf)(name);
}

int get_nprocs(void) { return world() ? CPUS : REAL(get_nprocs)(); }

int get_nprocs_conf(void) { return world() ? CPUS : REAL(get_nprocs_conf)(); }

#ifdef __GLIBC__
long get_phys_pages(void) { return sysconf(_SC_PHYS_PAGES); }

long get_avphys_pages(void) { return sysconf(_SC_AVPHYS_PAGES); }
#endif

static void put_cpus(size_t size, cpu_set_t *cpus)
{
    memset(cpus, 0, size);
    for (int i = 0; i < CPUS; i++)
        CPU_SET_S(i, size, cpus);
}

int sched_getaffinity(pid_t process, size_t size, cpu_set_t *cpus)
{
    int result = REAL(sched_getaffinity)(process, size, cpus);
    if (result >= 0 && world())
        put_cpus(size, cpus);
    return result;
}

int pthread_getaffinity_np(pthread_t thread, size_t size, cpu_set_t *cpus)
{
    int result = REAL(pthread_getaffinity_np)(thread, size, cpus);
    if (!result && world())
        put_cpus(size, cpus);
    return result;
}

int sched_getcpu(void) { return world() ? 0 : REAL(sched_getcpu)(); }

int sysinfo(struct sysinfo *info)
{
    int result = REAL(sysinfo)(info);
    if (!result && world()) {
        memset(info->loads, 0, sizeof info->loads);
        info->totalram = MEMORY / info->mem_unit;
        info->freeram = info->totalram / 2;
        info->sharedram = info->bufferram = info->totalswap = info->freeswap = 0;
        info->procs = 1;
    }
    return result;
}

int getloadavg(double *loads, int count)
{
    if (!world())
        return REAL(getloadavg)(loads, count);
    for (int i = 0; i < count && i < 3; i++)
        loads[i] = 0;
    return count < 3 ? count : 3;
}
