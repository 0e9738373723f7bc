# syntax=docker/dockerfile:1
# Three stages: the look (Node), the program (Go), and an image that holds
# nothing but the program, certificates and time zones.

FROM node:20-bookworm-slim AS look
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY static static
# static/static.go offers the folder; the build only needs sources and scripts.
RUN npm run --silent build

FROM golang:1.26-bookworm AS program
WORKDIR /src
COPY go.mod go.sum ./
COPY third_party third_party
RUN go mod download
COPY . .
COPY --from=look /src/static/dist static/dist
ARG VERSION=image
# Pages are not inlined: the Makefile says why.
ENV GOFLAGS="-gcflags=juwu/admin=-l -gcflags=juwu/portal=-l -gcflags=juwu/internal/web/ui=-l"
RUN go tool templ generate -log-level error && \
    CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=${VERSION}" -o /out/juwu . && \
    mkdir -p /out/root/data /out/root/tmp

FROM scratch
COPY --from=program /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=program /usr/share/zoneinfo/Asia/Shanghai /usr/share/zoneinfo/Asia/Shanghai
COPY --from=program /out/juwu /juwu
# Nobody's number: the program needs no user database and no root. SQLite sorts
# what is large in /tmp.
COPY --from=program --chown=10001:10001 /out/root/ /
USER 10001:10001
# Outside loopback Juwu insists on JUWU_BASE_URL (https) and JUWU_SMS_URL.
ENV JUWU_ADDR=0.0.0.0:8080 JUWU_DATA=/data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s --retries=3 CMD ["/juwu", "health"]
ENTRYPOINT ["/juwu"]
