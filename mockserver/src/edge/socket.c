/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets. Addresses are numeric only: a listener that depends on a name service is
 * a listener that sometimes does not start. Refused: names, ports in use, addresses this
 * machine does not have.
 */
#include "edge/socket.h"

#include "world/fail.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>

#define LISTEN_BACKLOG 1024

static int resolve_numeric(const char *address, uint16_t port, struct sockaddr_storage *out,
                           socklen_t *out_bytes)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    char service[8];

    (void)snprintf(service, sizeof(service), "%u", (unsigned)port);
    struct addrinfo *found = NULL;
    if (getaddrinfo(address, service, &hints, &found) != 0) {
        return -1;
    }
    memcpy(out, found->ai_addr, found->ai_addrlen);
    *out_bytes = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

static int open_listener(const struct sockaddr_storage *address, socklen_t address_bytes)
{
    int one = 1;
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (const struct sockaddr *)address, address_bytes) != 0 ||
        listen(fd, LISTEN_BACKLOG) != 0) {
        int saved = errno;

        (void)close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static uint16_t bound_port(int fd)
{
    union address at;
    socklen_t n = sizeof(at);

    memset(&at, 0, sizeof(at));
    if (getsockname(fd, &at.any, &n) != 0) {
        return 0;
    }
    return ntohs(at.any.sa_family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
}

int socket_listen(const char *address, uint16_t port, struct cosmock_endpoint *out,
                  struct cosmock_error *err)
{
    const char *host = address == NULL ? "127.0.0.1" : address;
    struct sockaddr_storage at;
    socklen_t at_bytes;

    if (strlen(host) >= sizeof(out->host) || resolve_numeric(host, port, &at, &at_bytes) != 0) {
        return world_fail(err, COSMOCK_E_INVALID,
                          "cannot listen on '%.80s': not a numeric address such as 127.0.0.1, "
                          "0.0.0.0 or ::1",
                          host);
    }
    int fd = open_listener(&at, at_bytes);
    if (fd < 0) {
        return world_fail(err, COSMOCK_E_IO, "cannot listen on %s port %u: %s", host,
                          (unsigned)port, strerror(errno));
    }
    memset(out, 0, sizeof(*out));
    memcpy(out->host, host, strlen(host));
    out->port = bound_port(fd);
    return fd;
}

bool socket_is_loopback(const char *address)
{
    if (address == NULL) {
        return true;
    }
    struct in_addr v4;
    if (inet_pton(AF_INET, address, &v4) == 1) {
        return (ntohl(v4.s_addr) >> 24) == 127;
    }
    struct in6_addr v6;
    return inet_pton(AF_INET6, address, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

void socket_peer(int fd, char out[SOCKET_PEER_BYTES])
{
    union address at;
    socklen_t n = sizeof(at);

    memset(&at, 0, sizeof(at));
    out[0] = '\0';
    if (getpeername(fd, &at.any, &n) != 0) {
        return;
    }
    char text[INET6_ADDRSTRLEN];
    if (at.any.sa_family == AF_INET &&
        inet_ntop(AF_INET, &at.v4.sin_addr, text, sizeof(text)) != NULL) {
        (void)snprintf(out, SOCKET_PEER_BYTES, "%s:%u", text, ntohs(at.v4.sin_port));
    } else if (at.any.sa_family == AF_INET6 &&
               inet_ntop(AF_INET6, &at.v6.sin6_addr, text, sizeof(text)) != NULL) {
        (void)snprintf(out, SOCKET_PEER_BYTES, "[%s]:%u", text, ntohs(at.v6.sin6_port));
    }
}

void socket_signals_block(sigset_t *old)
{
    sigset_t all;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, old);
}

void socket_signals_restore(const sigset_t *old)
{
    (void)pthread_sigmask(SIG_SETMASK, old, NULL);
}
