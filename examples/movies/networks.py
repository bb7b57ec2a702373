"""The two networks of the example. Films are numbered from 1; 0 in a history is padding."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

DIMENSIONS = 32
ID_WIDTH = 16
NUMBERS = 6
# Width of the vector of each category.
CATEGORIES = {"genre": 8, "type": 4, "director": 8, "decade": 4, "certificate": 4}


class FilmEncoder(nn.Module):
    """A film's id, its categories and its numbers as one vector."""

    def __init__(self, sizes):
        super().__init__()
        self.id = nn.Embedding(sizes["item"] + 1, ID_WIDTH, padding_idx=0)
        # In a dictionary of their own: a module has a method called `type`.
        self.categories = nn.ModuleDict({f"of_{name}": nn.Embedding(sizes[name], width) for name, width in CATEGORIES.items()})
        self.width = ID_WIDTH + sum(CATEGORIES.values()) + NUMBERS
        for table in (self.id, *self.categories.values()):
            nn.init.normal_(table.weight, std=0.1)
        with torch.no_grad():
            self.id.weight[0] = 0

    def forward(self, film):
        categories = [self.categories[f"of_{name}"](film[name].squeeze(1)) for name in CATEGORIES]
        return torch.cat([self.id(film["item_id"].squeeze(1)), *categories, film["numbers"]], 1)


def history_mean(table, history):
    """Mean of the films' vectors, padding left out."""
    present = (history > 0).to(torch.float32).unsqueeze(2)
    return (table(history) * present).sum(1) / present.sum(1).clamp(min=1)


class UserTower(nn.Module):
    """history, genres, profile -> a unit vector of DIMENSIONS."""

    def __init__(self, sizes):
        super().__init__()
        self.films = nn.Embedding(sizes["item"] + 1, ID_WIDTH, padding_idx=0)
        nn.init.normal_(self.films.weight, std=0.1)
        self.net = nn.Sequential(
            nn.Linear(ID_WIDTH + sizes["genre"] + 4, 96), nn.ReLU(), nn.Linear(96, 64), nn.ReLU(), nn.Linear(64, DIMENSIONS)
        )

    def forward(self, user_history, user_genres, user_profile):
        x = torch.cat([history_mean(self.films, user_history), user_genres, user_profile], 1)
        return F.normalize(self.net(x), dim=1)


class ItemTower(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.encoder = FilmEncoder(sizes)
        self.net = nn.Sequential(nn.Linear(self.encoder.width, 96), nn.ReLU(), nn.Linear(96, DIMENSIONS))

    def forward(self, film):
        return F.normalize(self.net(self.encoder(film)), dim=1)


class Ranker(nn.Module):
    """Dot products as in DLRM, two cross layers as in DCN v2, then a small MLP. What is read of the user and of the context
    meets the film only after a vector was made of it, so that this part can be computed once a request."""

    def __init__(self, sizes):
        super().__init__()
        self.films = FilmEncoder(sizes)
        self.genres = sizes["genre"]
        self.user = nn.Sequential(
            nn.Linear(ID_WIDTH + sizes["genre"] + 4 + 3, 96), nn.ReLU(), nn.Linear(96, 64), nn.ReLU(), nn.Linear(64, 24)
        )
        self.film = nn.Sequential(nn.Linear(self.films.width, 48), nn.ReLU(), nn.Linear(48, 24))
        width = 24 + 24 + 3
        self.cross = nn.ModuleList([nn.Linear(width, width) for _ in range(2)])
        self.last = nn.Sequential(nn.Linear(width, 32), nn.ReLU(), nn.Linear(32, 1))

    def logit(self, user, film):
        history = history_mean(self.films.id, user["user_history"])
        angle = user["hour"] * (np.pi / 12)
        context = [torch.sin(angle), torch.cos(angle), user["family"]]
        u = self.user(torch.cat([history, user["user_genres"], user["user_profile"], *context], 1))
        i = self.film(self.films(film))
        own_genre = F.one_hot(film["genre"].squeeze(1), self.genres).to(torch.float32)
        meetings = [
            (u * i).sum(1, keepdim=True),
            (history * self.films.id(film["item_id"].squeeze(1))).sum(1, keepdim=True),
            (user["user_genres"] * own_genre).sum(1, keepdim=True),
        ]
        x = first = torch.cat([u, i, *meetings], 1)
        for layer in self.cross:
            x = first * layer(x) + x
        return self.last(x)

    def forward(self, user_history, user_genres, user_profile, hour, family, item_id, genre, type, director, decade, certificate, numbers):
        user = {"user_history": user_history, "user_genres": user_genres, "user_profile": user_profile, "hour": hour, "family": family}
        film = {"item_id": item_id, "genre": genre, "type": type, "director": director, "decade": decade}
        return torch.sigmoid(self.logit(user, {**film, "certificate": certificate, "numbers": numbers}))
