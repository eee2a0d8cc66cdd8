/* Records, in one total order, what reaches the write-ahead log, when the disk was waited for, and when a sender hears 202.
 *
 * LD_PRELOAD this library with TRACE_FILE set. Each record is a kind (one byte), a length (four bytes, native order) and that many bytes:
 *   W  a write to a file that ends in -wal returned: the bytes that were written
 *   S  an fsync or fdatasync of such a file returned without error: no bytes
 *   A  a write that holds "HTTP/1.1 202" is about to begin: its bytes
 * A sync takes its place in the order after it returned, an answer before it begins: an order that looks right was right.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static int trace = -1;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void record(char kind, const void *bytes, uint32_t length) {
    char head[5] = {kind};
    memcpy(head + 1, &length, 4);
    pthread_mutex_lock(&guard);
    if (trace < 0) trace = open(getenv("TRACE_FILE"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    syscall(SYS_write, trace, head, sizeof head);
    if (length) syscall(SYS_write, trace, bytes, (size_t)length);
    pthread_mutex_unlock(&guard);
}

static int is_log(int fd) {
    char link[64], target[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, target, sizeof target);
    return length >= 4 && memcmp(target + length - 4, "-wal", 4) == 0;
}

static void answer(const void *bytes, size_t length) {
    if (memmem(bytes, length, "HTTP/1.1 202", 12)) record('A', bytes, (uint32_t)length);
}

static void answers(const struct iovec *parts, int count) {
    size_t length = 0;
    for (int i = 0; i < count; i++) length += parts[i].iov_len;
    char *bytes = malloc(length + 1), *end = bytes;
    for (int i = 0; i < count; i++) end = mempcpy(end, parts[i].iov_base, parts[i].iov_len);
    answer(bytes, length);
    free(bytes);
}

static ssize_t written(int fd, const void *bytes, ssize_t done) {
    if (done > 0 && is_log(fd)) record('W', bytes, (uint32_t)done);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    return written(fd, bytes, REAL(pwrite64)(fd, bytes, length, at));
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    return written(fd, bytes, REAL(pwrite)(fd, bytes, length, at));
}

ssize_t write(int fd, const void *bytes, size_t length) {
    answer(bytes, length);
    return written(fd, bytes, REAL(write)(fd, bytes, length));
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

static int synced(int fd, int failed) {
    if (!failed && is_log(fd)) record('S', NULL, 0);
    return failed;
}

int fsync(int fd) { return synced(fd, REAL(fsync)(fd)); }

int fdatasync(int fd) { return synced(fd, REAL(fdatasync)(fd)); }
