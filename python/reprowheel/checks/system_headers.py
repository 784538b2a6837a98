"""Names the headers below `/usr/include` that belong to the C library and the kernel; the toolchain's fingerprint covers them.

Source: the files that glibc 2.36 to 2.43, musl 1.2 and `make headers_install` of Linux 6.1 to 7.2 install. This includes ISO
C and POSIX. If nothing else installs into a folder, the whole folder is listed. Other packages install into some folders,
such as `sys`, so their headers are listed one by one.
"""

from __future__ import annotations

__all__ = ["is_system_header"]

_FOLDERS = (
    "arpa asm asm-generic bits cxl drm finclude fwctl gnu linux misc mtd netash netatalk netax25 neteconet netipx netiucv"
    " netpacket netrom netrose nfs protocols regulator sound video"
)
_NAMES = {
    "": (
        "a.out aio aliases alloca ar argp argz assert byteswap complex cpio crypt ctype dirent dlfcn elf endian envz err errno"
        " error execinfo fcntl features features-time64 fenv float fmtmsg fnmatch fpu_control fstab fts ftw gconv getopt glob"
        " gnu-versions grp gshadow iconv ieee754 ifaddrs inttypes iso646 langinfo lastlog libgen libintl limits link locale"
        " malloc math mcheck memory mntent monetary mqueue netdb nl_types nss obstack paths poll printf proc_service pthread"
        " pty pwd re_comp regex regexp resolv sched search semaphore setjmp sgtty shadow signal spawn stab stdalign stdarg"
        " stdbit stdbool stdc-predef stdckdint stddef stdint stdio stdio_ext stdlib stdnoreturn string strings stropts"
        " syscall sysexits syslog tar termio termios tgmath thread_db threads time ttyent uchar ucontext ulimit unistd utime"
        " utmp utmpx values wait wchar wctype wordexp"
    ),
    "net": "ethernet if if_arp if_packet if_ppp if_shaper if_slip ppp-comp ppp_defs route",
    "netinet": "ether icmp6 if_ether if_fddi if_tr igmp in in_systm ip ip6 ip_icmp tcp udp",
    "rdma": (
        "bnxt_re-abi cxgb4-abi efa-abi erdma-abi hns-abi ib_user_ioctl_cmds ib_user_ioctl_verbs ib_user_mad ib_user_sa"
        " ib_user_verbs ionic-abi irdma-abi mana-abi mlx4-abi mlx5-abi mlx5_user_ioctl_cmds mlx5_user_ioctl_verbs mthca-abi"
        " ocrdma-abi qedr-abi rdma_netlink rdma_user_cm rdma_user_ioctl rdma_user_ioctl_cmds rdma_user_rxe rvt-abi siw-abi"
        " vmw_pvrdma-abi"
    ),
    "rdma/hfi": "hfi1_ioctl hfi1_user",
    "rpc": "netdb",
    "scsi": "scsi scsi_bsg_fc scsi_bsg_mpi3mr scsi_bsg_ufs scsi_ioctl scsi_netlink scsi_netlink_fc sg",
    "scsi/fc": "fc_els fc_fs fc_gs fc_ns",
    "sys": (
        "acct auxv bitypes cachectl cdefs debugreg dir elf epoll errno eventfd fanotify fcntl file fsuid gmon gmon_out inotify"
        " io ioctl ipc kd klog membarrier mman mount msg mtio param pci perm personality pidfd poll prctl procfs profil ptrace"
        " queue quota random raw reboot reg resource rseq select sem sendfile shm signal signalfd single_threaded socket"
        " socketvar soundcard stat statfs statvfs stropts swap syscall sysctl sysinfo syslog sysmacros termios time timeb"
        " timerfd times timex ttychars ttydefaults types ucontext uio un unistd user ustat utsname vfs vlimit vm86 vt wait"
        " xattr"
    ),
    "sys/platform": "ppc x86",
    "xen": "evtchn gntalloc gntdev privcmd",
}
_WHOLE = frozenset(_FOLDERS.split(" "))
_FILES = frozenset(f"{folder}/{name}.h".lstrip("/") for folder, names in _NAMES.items() for name in names.split(" "))


def is_system_header(name: str) -> bool:
    """Say whether a header belongs to the C library or the kernel.

    :param name: as sources include it, such as `sys/stat.h`.
    """
    return name in _FILES or name.partition("/")[0] in _WHOLE
