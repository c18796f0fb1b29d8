// The request token that Django wants with every POST. The cookie cannot be read by script, so it comes from a form; a
// sign-in in another tab makes it useless, and then a fresh one is fetched.

export function csrfToken() {
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return field ? field.value : "";
}

/** Puts a token that counts now into every form of the page; false where nobody is signed in, or nothing answers. */
export async function csrfRenew() {
  const form = document.querySelector("form[data-session-stay]");
  if (!form) return false;
  try {
    const answer = await fetch(form.action, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (!answer.ok) return false;
    const { token } = await answer.json();
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
    return true;
  } catch (unreachable) {
    console.info("The request token could not be renewed:", unreachable.message);
    return false;
  }
}
