"""The packs that come with Haihe, one folder a city system. The core imports none of them."""
