// Subscribes this browser to notifications (W3C Push API), for the pages that offer them.

const LIMIT = 20_000; // milliseconds: a browser that cannot reach its push service tries for long

export const SUPPORTED = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

async function activated(worker) {
  while (worker.state !== "activated") {
    if (worker.state === "redundant") throw new Error(worker.state);
    await new Promise((changed) => worker.addEventListener("statechange", changed, { once: true }));
  }
}

// A service worker has one subscription, with one key, for each scope.
async function subscribe(key, scope) {
  const registration = await navigator.serviceWorker.register("/service-worker.js", { scope });
  await activated(registration.active ?? registration.waiting ?? registration.installing);
  const { pushManager } = registration;
  const options = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return await pushManager.subscribe(options);
  } catch (error) {
    // A subscription with a former key of the platform is in the way.
    const former = await pushManager.getSubscription();
    if (!former) throw error;
    await former.unsubscribe();
    return pushManager.subscribe(options);
  }
}

// Where a service sends messages (PushSubscription.toJSON), by its key and the scope of its pages.
export async function subscription(key, scope) {
  const late = (_, reject) => setTimeout(reject, LIMIT, new Error("late"));
  return (await Promise.race([subscribe(key, scope), new Promise(late)])).toJSON();
}
