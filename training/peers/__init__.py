"""Other ways to recognise a mark by its filed artwork, to compare ours with: the field's usual ones, used with care.

`sift`: local features and a homography, no learning. `imagenet`: a net that was taught other things. Each gets the
artwork views and the crop that our embedder gets, and says which right holders a box is most like.
"""
