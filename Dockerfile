# A static binary on an empty image, run by nobody in particular.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=container
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.release=${VERSION}" -o /out/labbroker ./cmd/labbroker \
 && mkdir -p /out/data

FROM scratch
COPY --from=build /out/labbroker /labbroker
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV LABBROKER_DATA=/data
VOLUME /data
EXPOSE 1883 8080
HEALTHCHECK --interval=30s --timeout=4s --start-period=10s CMD ["/labbroker", "health"]
ENTRYPOINT ["/labbroker"]
CMD ["serve"]
