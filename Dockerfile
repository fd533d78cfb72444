# The to-do service (examples/todo) as an image: the program and the libraries it runs on.
#
#   docker build -t todo . && docker run --rm -p 8080:8080 -v todo:/data todo

FROM debian:bookworm-slim AS build
WORKDIR /weft
# The tools in a layer of their own: they are fetched again only when ./dev changes.
COPY dev ./
RUN ./dev deps build
COPY . .
RUN ./dev build examples/todo/todo && strip build/release/examples/todo/todo

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libbrotli1 libjansson4 libsqlite3-0 libuv1 libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
    && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin todo \
    && install -d -o todo -g todo -m 0750 /data
COPY --from=build /weft/build/release/examples/todo/todo /usr/local/bin/todo

# The list is kept in the volume; everything else can be read-only.
ENV WEFT_HOST=0.0.0.0 PORT=8080 TODO_DB=/data/todo.db
VOLUME /data
WORKDIR /data
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["/usr/local/bin/todo", "health"]
CMD ["/usr/local/bin/todo"]
