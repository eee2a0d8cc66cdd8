/* Records, in one total order, what a process does to the files under SHIM_ROOT and when a sender hears 202; and fails syncs on demand.
 *
 * LD_PRELOAD this library with SHIM_ROOT, SHIM_LOG and SHIM_CONTROL set. A record is: kind (1 byte), file (8 bytes: its inode), place
 * (8 bytes), length (4 bytes), and that many bytes, in native order:
 *   W  a write ended: place is the offset, then the bytes          T  a truncation ended: place is the new length
 *   B  a sync begins: place is its number                          E  that sync ended well      F  that sync failed
 *   C  a name was created: the path                                M  a directory was created: the path
 *   U  a name was removed: the path                                R  a name was changed: both paths with a zero byte between
 *   A  a write that holds "HTTP/1.1 202" is about to begin: its bytes
 * A write is recorded while no other can come between; a sync covers what was recorded before its B. An answer is recorded before it
 * leaves: what is on the disk at that record is what the sender may rely on.
 *
 * SHIM_CONTROL is a file of four int32, which a test writes at any time: for any sync, of a log, of a database, of a directory, how many
 * syncs from now the one is that fails (0: none, negative: all). A sync that fails does not reach the disk, and reports EIO.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static int trace = -1;
static volatile int32_t *control;
static int64_t syncs;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void record(char kind, uint64_t file, int64_t place, const void *bytes, uint32_t length) {
    char head[21] = {kind};
    memcpy(head + 1, &file, 8);
    memcpy(head + 9, &place, 8);
    memcpy(head + 17, &length, 4);
    if (trace < 0) trace = syscall(SYS_openat, AT_FDCWD, getenv("SHIM_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    syscall(SYS_write, trace, head, sizeof head);
    if (length) syscall(SYS_write, trace, bytes, (size_t)length);
}

static int below_root(const char *path) {
    const char *root = getenv("SHIM_ROOT");
    size_t length = root ? strlen(root) : 0;
    size_t end = strlen(path);
    return length && strncmp(path, root, length) == 0 && !(end > 4 && strcmp(path + end - 4, "-shm") == 0);
}

/* The path of a descriptor that is of interest, or nothing. */
static int path_of(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return path[0] == '/' && below_root(path);
}

static uint64_t inode_of(int fd, int *directory) {
    struct stat found;
    if (fstat(fd, &found)) return 0;
    *directory = S_ISDIR(found.st_mode);
    return found.st_ino;
}

static int fails(int kind) {
    if (!control) {
        int fd = syscall(SYS_openat, AT_FDCWD, getenv("SHIM_CONTROL"), O_RDWR | O_CLOEXEC, 0);
        if (fd < 0) return 0;
        control = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        syscall(SYS_close, fd);
    }
    int failed = 0;
    for (int i = 0; i < 4; i++)
        if (i == 0 || i == kind) {
            if (control[i] < 0) failed = 1;
            if (control[i] > 0 && --control[i] == 0) failed = 1;
        }
    return failed;
}

/* ---- what reaches the disk ---- */

static ssize_t written(int fd, const void *bytes, size_t length, int64_t at, int how) {
    char path[4096];
    int directory;
    if (!path_of(fd, path, sizeof path))
        return how ? syscall(SYS_pwrite64, fd, bytes, length, at) : syscall(SYS_write, fd, bytes, length);
    pthread_mutex_lock(&guard);
    ssize_t done = how ? syscall(SYS_pwrite64, fd, bytes, length, at) : syscall(SYS_write, fd, bytes, length);
    int fault = errno;
    if (!how && done > 0) at = lseek(fd, 0, SEEK_CUR) - done;
    if (done > 0) record('W', inode_of(fd, &directory), at, bytes, (uint32_t)done);
    pthread_mutex_unlock(&guard);
    errno = fault;
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { return written(fd, bytes, length, at, 1); }

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return written(fd, bytes, length, at, 1); }

static int truncated(int fd, int64_t length) {
    char path[4096];
    int directory;
    int tracked = path_of(fd, path, sizeof path);
    if (tracked) pthread_mutex_lock(&guard);
    int failed = syscall(SYS_ftruncate, fd, length);
    int fault = errno;
    if (tracked) {
        if (!failed) record('T', inode_of(fd, &directory), length, NULL, 0);
        pthread_mutex_unlock(&guard);
    }
    errno = fault;
    return failed;
}

int ftruncate(int fd, off_t length) { return truncated(fd, length); }

int ftruncate64(int fd, off64_t length) { return truncated(fd, length); }

static int synced(int fd) {
    char path[4096];
    int directory = 0;
    if (!path_of(fd, path, sizeof path)) return 0; /* nothing of ours: the real disk may sleep */
    uint64_t file = inode_of(fd, &directory);
    size_t end = strlen(path);
    int kind = directory ? 3 : end > 4 && strcmp(path + end - 4, "-wal") == 0 ? 1 : 2;
    pthread_mutex_lock(&guard);
    int failed = fails(kind);
    int64_t number = ++syncs;
    record('B', file, number, path, (uint32_t)strlen(path));
    if (failed) record('F', file, number, NULL, 0); /* the pages count as clean from now on */
    pthread_mutex_unlock(&guard);
    usleep(300);
    if (failed) {
        usleep(3000); /* a disk takes its time to say so */
        errno = EIO;
        return -1;
    }
    pthread_mutex_lock(&guard);
    record('E', file, number, NULL, 0);
    pthread_mutex_unlock(&guard);
    return 0;
}

int fsync(int fd) { return synced(fd); }

int fdatasync(int fd) { return synced(fd); }

/* ---- names ---- */

static void absolute(const char *path, char *full, size_t size) {
    char folder[2048];
    if (path[0] == '/' || !getcwd(folder, sizeof folder)) snprintf(full, size, "%s", path);
    else snprintf(full, size, "%s/%s", folder, path);
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
    char full[4096];
    int directory;
    absolute(path, full, sizeof full);
    int creates = (flags & O_CREAT) && below_root(full) && access(full, F_OK) != 0;
    if (creates) pthread_mutex_lock(&guard);
    int fd = syscall(SYS_openat, folder, path, flags, mode);
    int fault = errno;
    if (creates) {
        if (fd >= 0) record('C', inode_of(fd, &directory), 0, full, (uint32_t)strlen(full));
        pthread_mutex_unlock(&guard);
    }
    errno = fault;
    return fd;
}

#define OPENS(name, ...)                                                   \
    {                                                                      \
        mode_t mode = 0;                                                   \
        if (flags & (O_CREAT | O_TMPFILE)) {                               \
            va_list rest;                                                  \
            va_start(rest, flags);                                         \
            mode = va_arg(rest, mode_t);                                   \
            va_end(rest);                                                  \
        }                                                                  \
        return opened(__VA_ARGS__, path, flags, mode);                     \
    }

int open(const char *path, int flags, ...) OPENS(open, AT_FDCWD)
int open64(const char *path, int flags, ...) OPENS(open64, AT_FDCWD)
int openat(int folder, const char *path, int flags, ...) OPENS(openat, folder)
int openat64(int folder, const char *path, int flags, ...) OPENS(openat64, folder)

static int named(char kind, const char *path, int failed) {
    char full[4096];
    int fault = errno;
    absolute(path, full, sizeof full);
    if (!failed && below_root(full)) {
        pthread_mutex_lock(&guard);
        record(kind, 0, 0, full, (uint32_t)strlen(full));
        pthread_mutex_unlock(&guard);
    }
    errno = fault;
    return failed;
}

int mkdir(const char *path, mode_t mode) { return named('M', path, REAL(mkdir)(path, mode)); }

int unlink(const char *path) { return named('U', path, REAL(unlink)(path)); }

int rename(const char *from, const char *to) {
    char both[8192], *second;
    int failed = REAL(rename)(from, to);
    int fault = errno;
    absolute(from, both, 4096);
    second = both + strlen(both) + 1;
    absolute(to, second, 4096);
    if (!failed && below_root(both)) {
        pthread_mutex_lock(&guard);
        record('R', 0, 0, both, (uint32_t)(second - both + strlen(second)));
        pthread_mutex_unlock(&guard);
    }
    errno = fault;
    return failed;
}

/* ---- answers ---- */

static void answer(const void *bytes, size_t length) {
    if (!memmem(bytes, length, "HTTP/1.1 202", 12)) return;
    pthread_mutex_lock(&guard);
    record('A', 0, 0, bytes, (uint32_t)length);
    pthread_mutex_unlock(&guard);
}

static void answers(const struct iovec *parts, int count) {
    size_t length = 0;
    for (int i = 0; i < count; i++) length += parts[i].iov_len;
    char *bytes = malloc(length + 1), *end = bytes;
    for (int i = 0; i < count; i++) end = mempcpy(end, parts[i].iov_base, parts[i].iov_len);
    answer(bytes, length);
    free(bytes);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    answer(bytes, length);
    return written(fd, bytes, length, 0, 0);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    answers(parts, count);
    return REAL(writev)(fd, parts, count);
}

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    answer(bytes, length);
    return REAL(send)(fd, bytes, length, flags);
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t size) {
    answer(bytes, length);
    return REAL(sendto)(fd, bytes, length, flags, to, size);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    answers(message->msg_iov, (int)message->msg_iovlen);
    return REAL(sendmsg)(fd, message, flags);
}
