// An agent's tasks are in no change of the log: frames bring a digest of them, and a page that
// shows another one has to be read anew.
export function fitsTasks(digests) {
  const list = document.querySelector("[data-tasks-of]");
  const digest = list && digests[list.dataset.tasksOf];
  return !digest || digest === list.dataset.digest;
}
