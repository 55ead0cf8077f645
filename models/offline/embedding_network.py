"""The speaker embedding of the offline set: WeSpeaker's residual network with fewer channels and blocks.

pyannote.audio imports this class by the name that the checkpoint carries, so it must stay importable under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyannote.audio.models.embedding.wespeaker import BaseWeSpeakerResNet
from pyannote.audio.models.embedding.wespeaker.resnet import BasicBlock, ResNet


class SpeakerNetwork(BaseWeSpeakerResNet):
    """Waveforms (batch, 1, time) at 16 kHz and frame weights (batch, frames) → embeddings (batch, dimension).

    `channels` is the width of the first stage (each of the four doubles it), `blocks` the residual blocks of
    the stages, `dimension` the length of an embedding. Frames are pooled by weighted mean and deviation.
    The remaining arguments are the filter bank's and are passed on.
    """

    def __init__(
        self,
        num_mel_bins: int = 40,
        channels: int = 12,
        blocks: Sequence[int] = (1, 1, 1, 1),
        embedding_dimension: int = 64,
        task: Any = None,
        **filter_bank: Any,
    ) -> None:
        super().__init__(num_mel_bins=num_mel_bins, task=task, **filter_bank)
        self.save_hyperparameters("channels", "blocks", "embedding_dimension")
        self.resnet = ResNet(  # type: ignore[no-untyped-call]
            BasicBlock,
            list(blocks),
            m_channels=channels,
            feat_dim=num_mel_bins,
            embed_dim=embedding_dimension,
            pooling_func="TSTP",
            two_emb_layer=False,
        )
