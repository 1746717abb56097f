// What runs in Chromium. Each function is sent to the page whole.

/** Shows what `offer` brings and notes, for each picture, how old the time in it is; resolves with the answer. */
export async function prepareViewer(offer) {
  const pc = new RTCPeerConnection();
  window.delays = [];
  pc.ontrack = ({ track }) => {
    const video = Object.assign(document.createElement('video'), {
      muted: true,
      autoplay: true,
      srcObject: new MediaStream([track]),
    });
    document.body.append(video);
    const canvas = new OffscreenCanvas(1, 1);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const onFrame = () => {
      const now = Date.now() % 86_400_000;
      const { videoWidth: width, videoHeight: height } = video;
      Object.assign(canvas, { width, height: 1 });
      context.drawImage(video, 0, height - Math.max(2, Math.floor(height / 32)), width, 1, 0, 0, width, 1);
      const { data } = context.getImageData(0, 0, width, 1);
      let value = 0;
      for (let bit = 0; bit < 32; bit++)
        value = (value << 1) | (data[Math.floor(((bit + 0.5) * width) / 32) * 4 + 1] > 125 ? 1 : 0);
      const delay = now - (value >>> 0);
      if (Math.abs(delay) < 10_000) window.delays.push(delay);
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
  };
  await pc.setRemoteDescription({ type: 'offer', sdp: offer });
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== 'complete')
    await new Promise((next) => pc.addEventListener('icegatheringstatechange', next, { once: true }));
  return pc.localDescription.sdp;
}

/** Films a canvas with the time in it; resolves with the offer. */
export async function filmTime({ width, height, frameRate }) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  let count = 0;
  setInterval(() => {
    const value = Date.now() % 86_400_000;
    context.fillStyle = `hsl(${count % 360} 60% 50%)`;
    context.fillRect(0, 0, width, height);
    context.fillStyle = '#fff';
    context.fillRect((count++ * 7) % width, 0, 20, height / 2);
    for (let bit = 0; bit < 32; bit++) {
      context.fillStyle = (value >>> (31 - bit)) & 1 ? '#fff' : '#000';
      context.fillRect((bit * width) / 32, height - height / 16, width / 32, height / 16);
    }
  }, 1_000 / frameRate);
  const pc = new RTCPeerConnection();
  window.pc = pc;
  const [track] = canvas.captureStream(frameRate).getVideoTracks();
  const transceiver = pc.addTransceiver(track, { direction: 'sendonly' });
  const { codecs } = RTCRtpSender.getCapabilities('video');
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => /VP8|rtx/i.test(mimeType)));
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== 'complete')
    await new Promise((next) => pc.addEventListener('icegatheringstatechange', next, { once: true }));
  return pc.localDescription.sdp;
}
