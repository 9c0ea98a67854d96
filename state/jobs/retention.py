"""Removes the jobs that ended long ago, with all that was noted of them."""

from datetime import datetime

from state.models import Job, JobStep, JobTarget


def remove_ended_jobs(before: datetime) -> None:
    """Job by job: each has up to 100,000 targets."""
    for job_id in Job.objects.filter(ended_at__lt=before).values_list("id", flat=True):
        JobStep.objects.filter(job=str(job_id)).delete()
        JobTarget.objects.filter(job_id=job_id).delete()
        Job.objects.filter(id=job_id).delete()
