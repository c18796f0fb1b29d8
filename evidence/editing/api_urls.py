"""Addresses of the editing API, under /api/v1/."""

from django.urls import path

from evidence.editing import again_api, api, finding_api, mute_api

RECORDING = "recordings/<uuid:recording_id>"
DETECTION = f"{RECORDING}/detections/<uuid:detection_id>"
urlpatterns = [
    path(f"{RECORDING}/clips", api.ClipList.as_view()),
    path(f"{RECORDING}/redactions", api.RedactionList.as_view()),
    path(f"{RECORDING}/stills", api.StillList.as_view()),
    path(f"{RECORDING}/transcodes", api.TranscodeList.as_view()),
    path(f"{RECORDING}/sheets", api.SheetList.as_view()),
    path(f"{RECORDING}/salvages", api.SalvageList.as_view()),
    path(f"{RECORDING}/draft", api.DraftItem.as_view()),
    path(f"{RECORDING}/start-again", again_api.StartAgain.as_view()),
    path(f"{RECORDING}/mute-proposals", mute_api.MuteProposals.as_view()),
    path(f"{RECORDING}/detections", finding_api.DetectionList.as_view()),
    path(DETECTION, finding_api.DetectionItem.as_view()),
    path(f"{DETECTION}/tracks", finding_api.DetectionTracks.as_view()),
    path(f"{DETECTION}/take", finding_api.DetectionTake.as_view()),
    path(f"{DETECTION}/cancel", finding_api.DetectionCancel.as_view()),
    path(f"{RECORDING}/follows", finding_api.FollowList.as_view()),
    path(f"{RECORDING}/follows/<uuid:job_id>", finding_api.FollowItem.as_view()),
]
