"""Where in the tables what is sealed belongs, so that it opens nowhere else."""

from uuid import UUID


def place_of_item(job_id: UUID, position: int) -> str:
    return f"bulk_items|sealed|{job_id}|{position}"


def place_of_part(job_id: UUID, position: int) -> str:
    return f"bulk_parts|sealed|{job_id}|{position}"


def place_of_origin(job_id: UUID) -> str:
    return f"bulk_jobs|origin|{job_id}"
