# labbroker: `make test` is all a contributor needs; it installs what it can.

GO      ?= go
OUT     ?= dist
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
TARGETS  = linux/amd64 linux/arm64 linux/arm/7 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: run build test check crash bench screenshots dist vendor tools clean

run:
	$(GO) run ./cmd/labbroker

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.release=$(VERSION)' -o labbroker ./cmd/labbroker

# Everything, on a machine that has only Go: tools first, then the checks and
# all tests under the race detector.
test: tools check

# gofmt, vet, staticcheck, race tests; the import rules are a test (internal/arch).
# The end-to-end tests run the program as people get it, without the race
# detector, so that what they measure is true; `go test -race ./cmd/labbroker/e2e`
# runs them with it.
E2E = labbroker/cmd/labbroker/e2e
check:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags screenshots $(E2E)
	$(GO) tool staticcheck ./...
	$(GO) test -race -timeout 20m $$($(GO) list ./... | grep -v '^$(E2E)$$')
	$(GO) test -timeout 20m $(E2E)

# Kill -9 at random instants, under load (docs/durability.md); `make check` does
# a few rounds of it.
ROUNDS ?= 200
crash:
	LABBROKER_CRASH_ROUNDS=$(ROUNDS) $(GO) test -count 1 -timeout 60m -v -run '^(TestCrash|TestRecovery)$$' $(E2E)

bench:
	$(GO) test -run '^$$' -bench . -benchtime 1x ./...
	LABBROKER_MEASURE=1 $(GO) test -count 1 -timeout 20m -v -run '^(TestBrowserLive|TestBrowserBenchSpeed|TestBrowserWallCost|TestBrowserBusy)$$' $(E2E)

# The pictures of the guides, docs/screenshots: a class of made-up people on a
# real server, in Chromium. Look at them before you keep them.
screenshots:
	$(GO) test -tags screenshots -count 1 -timeout 10m -v -run '^TestScreenshots$$' $(E2E)

# Binaries for people who have no Go.
dist:
	@mkdir -p $(OUT)
	@for t in $(TARGETS); do \
	  os=$$(echo $$t | cut -d/ -f1); arch=$$(echo $$t | cut -d/ -f2); arm=$$(echo $$t | cut -s -d/ -f3); \
	  name=$(OUT)/labbroker-$$os-$$arch$${arm:+v$$arm}; [ $$os = windows ] && name=$$name.exe; \
	  echo $$name; \
	  CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch GOARM=$$arm $(GO) build -trimpath -ldflags '-s -w -X main.release=$(VERSION)' -o $$name ./cmd/labbroker || exit 1; \
	done
	@cd $(OUT) && { command -v sha256sum >/dev/null && sha256sum labbroker-* || shasum -a 256 labbroker-*; } > SHA256SUMS

# Fetch the third-party scripts of web/vendor anew and check them against
# their recorded hashes (needs npm).
vendor:
	$(GO) run ./web/vendorer

tools:
	@sh scripts/tools.sh

clean:
	rm -rf $(OUT) labbroker
