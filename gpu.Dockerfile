# prelabel on a CUDA GPU. How to run it: docs/operations.md. What of this file was executed for real, and how:
# `python -m benchmarks.image_install` (no container engine was at hand; the build itself was not run).
#
#   docker build -f gpu.Dockerfile -t prelabel .
#   docker run --rm --gpus all -v models:/models -e HF_HUB_OFFLINE=0 -e HF_TOKEN prelabel models pull --models best
#   docker run --rm --gpus all -v models:/models:ro -v cache:/cache -v work:/work -v "$PWD":/media:ro \
#       prelabel run /media/talk.mp4 --models best --out /work/drafts

# The wheels bring CUDA's libraries, so no CUDA base image is needed; the host gives only the driver.
# For builds that must be the same next year, add the digest of the base image that you tested.
FROM python:3.11-slim-bookworm

# tini passes signals on and reaps children: decoders run as processes of their own.
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/*

# The volumes belong to the user before they are mounted: a new named volume takes over its folder's owner.
RUN useradd --create-home --uid 10001 prelabel \
    && install -d -o prelabel -g prelabel /models /cache /work

# Dependencies first: this layer of some gigabytes is built again only when the pins change. Without its packages
# the project installs as an empty shell.
WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
RUN pip install --no-cache-dir -c constraints.txt '.[gpu,s3,postgres]'

COPY core ./core
COPY preprocess ./preprocess
COPY models ./models
COPY export ./export
COPY flows ./flows
COPY prefect.yaml ./
RUN pip install --no-cache-dir --no-deps --force-reinstall .

# NVIDIA_REQUIRE_CUDA: torch is built for CUDA 13, which needs driver 580 or later; the container toolkit refuses an
# older one at start, rather than CUDA in the middle of a run.
# LD_LIBRARY_PATH: CTranslate2 opens libcublas.so.12 by name, and torch brings only cuBLAS 13. prelabel maps it by
# itself; this is for whatever else uses CTranslate2 in this image. torch finds its own libraries by RPATH first.
# CUDA_CACHE_PATH: CTranslate2 has machine code up to compute capability 8.6. Newer GPUs compile it at first use,
# which takes minutes; the volume keeps the result.
# TORCHINDUCTOR_CACHE_DIR: torch names this folder after the user, and fails for one without a name
# (`docker run --user 1234`), even though nothing is ever compiled.
# HF_HUB_OFFLINE: no run ever reaches for the hub. Fetching weights is a step of its own (`prelabel models pull`).
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    NVIDIA_REQUIRE_CUDA=cuda>=13.0 \
    LD_LIBRARY_PATH=/usr/local/lib/python3.11/site-packages/nvidia/cublas/lib \
    CUDA_CACHE_PATH=/cache/cuda \
    CUDA_CACHE_MAXSIZE=4294967296 \
    XDG_CACHE_HOME=/cache \
    TORCHINDUCTOR_CACHE_DIR=/cache/torch \
    HF_HUB_OFFLINE=1 \
    HF_HUB_DISABLE_TELEMETRY=1 \
    PYANNOTE_METRICS_ENABLED=0 \
    DO_NOT_TRACK=1 \
    ORT_DISABLE_TELEMETRY=1 \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    PREFECT_HOME=/cache/prefect \
    PRELABEL_APP=/app \
    PRELABEL_HOME=/work/prelabel \
    PRELABEL_MODELS_DIR=/models/hub \
    PRELABEL_MODELS_LOCK=/models/models.lock

USER prelabel
WORKDIR /work
VOLUME ["/models", "/cache", "/work"]

# Looks at driver, weights, store, disk, queue and server; runs no network, so a busy GPU stays undisturbed.
HEALTHCHECK --interval=60s --timeout=30s --start-period=60s CMD ["prelabel", "doctor", "--quick"]

ENTRYPOINT ["tini", "--", "prelabel"]
CMD ["--help"]
