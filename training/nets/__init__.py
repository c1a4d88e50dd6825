"""The networks: an ImageNet-trained trunk, the embedder's head, the detector's head."""
