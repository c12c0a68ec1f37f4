// When the button was let go, and when each remote frame was presented; the same clock in both processes.
(() => {
  const now = (time) => performance.timeOrigin + time;
  window.connections = [];
  window.frames = [];
  window.pressedAt = null;
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given);
      window.connections.push(this);
    }
  };
  const isRemote = (video) => {
    const shown = video.srcObject?.getVideoTracks?.()[0];
    return shown && window.connections.some((one) => one.getReceivers().some(({ track }) => track === shown));
  };
  const isShown = (video) =>
    video.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && video.clientWidth > 0;
  const watched = new WeakSet();
  const watch = (video) => {
    if (watched.has(video)) return;
    watched.add(video);
    const onFrame = (time) => {
      if (isRemote(video) && isShown(video) && window.frames.length < 5000) window.frames.push(now(time));
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
  };
  addEventListener(
    "pointerup",
    (event) => {
      if (event.target.closest?.("button")?.textContent?.trim() === "Agree and join") {
        window.pressedAt = now(event.timeStamp);
        // Frames of the picture that was already shown or hidden before the yes do not count.
        window.frames = [];
      }
    },
    { capture: true },
  );
  new MutationObserver(() => document.querySelectorAll("video").forEach(watch)).observe(document, {
    childList: true,
    subtree: true,
  });
  addEventListener("DOMContentLoaded", () => document.querySelectorAll("video").forEach(watch));
})();
