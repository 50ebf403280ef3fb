/* A relay of bytes with only the necessary system calls, as the floor that a proxy can be compared with: one thread, one epoll, one buffer; it looks at nothing.
   A peer that does not take its bytes is waited for (poll), which the benchmark's clients never need.
   Usage: floor <listen port> <server port>; both on 127.0.0.1. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER (64 * 1024)
#define BATCH 256
#define MOST 65536

static int peer_of[MOST];
static char buffer[BUFFER];
static int epoll;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return address;
}

static void watch(int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0)
        die("epoll_ctl");
}

static void no_delay(int descriptor)
{
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void accept_one(int listener, int server_port)
{
    int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0)
        return;
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = loopback(server_port);
    if (server < 0 || client >= MOST || server >= MOST || connect(server, (struct sockaddr *)&address, sizeof address) != 0) {
        close(client);
        if (server >= 0)
            close(server);
        return;
    }
    no_delay(client);
    no_delay(server);
    peer_of[client] = server;
    peer_of[server] = client;
    watch(client);
    watch(server);
}

static void close_both(int descriptor)
{
    int peer = peer_of[descriptor];
    peer_of[descriptor] = peer_of[peer] = -1;
    close(descriptor);
    close(peer);
}

static void relay(int descriptor)
{
    int peer = peer_of[descriptor];
    if (peer < 0)
        return; /* closed earlier in this batch */
    ssize_t count = recv(descriptor, buffer, BUFFER, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        close_both(descriptor);
        return;
    }
    for (ssize_t sent = 0; sent < count;) {
        ssize_t taken = send(peer, buffer + sent, (size_t)(count - sent), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (taken > 0) {
            sent += taken;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = peer, .events = POLLOUT};
            poll(&wait, 1, 1000);
        } else if (errno != EINTR) {
            close_both(descriptor);
            return;
        }
    }
}

int main(int count, char **words)
{
    if (count != 3) {
        fprintf(stderr, "usage: floor <listen port> <server port>\n");
        return 64;
    }
    memset(peer_of, -1, sizeof peer_of);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = loopback(atoi(words[1]));
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0)
        die("listen");
    epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(listener);
    struct epoll_event events[BATCH];
    for (;;) {
        int ready = epoll_wait(epoll, events, BATCH, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener)
                accept_one(listener, atoi(words[2]));
            else
                relay(events[i].data.fd);
        }
    }
}
