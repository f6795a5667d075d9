"""Operations of a service: how they change, and the twins that keep them and have them carried out."""
