// How Janus is configured for a measurement: the videoroom and the HTTP API, nothing else; one thread for all media.

export const PLUGIN_FILE = 'libjanus_videoroom.so';
export const TRANSPORT_FILE = 'libjanus_http.so';

/** What of the configuration says how it works, for whoever reads the figures. */
export const IN_WORDS =
  'videoroom, ICE-lite, event_loops = 1, half-trickle, API over HTTP, certificates and all else as by default';

/**
 * The configuration files, by name, of a Janus whose folders are all in `folder`.
 * @param {{ folder: string, host: string, port: number }} place `host`: its one address for media; `port`: of the API, on loopback
 * @returns {Record<string, string>}
 */
export function configurationFiles({ folder, host, port }) {
  return {
    'janus.jcfg':
      section('general', {
        configs_folder: folder,
        plugins_folder: `${folder}/plugins`,
        transports_folder: `${folder}/transports`,
        events_folder: `${folder}/events`,
        loggers_folder: `${folder}/loggers`,
        event_loops: 1,
        session_timeout: 0,
        debug_level: 3,
        debug_colors: false,
      }) + section('nat', { ice_lite: true, ice_enforce_list: host }),
    'janus.transport.http.jcfg':
      section('general', { json: 'compact', base_path: '/janus', http: true, port, ip: '127.0.0.1', https: false }) +
      section('admin', { admin_http: false }),
    'janus.plugin.videoroom.jcfg': section('general', {}),
  };
}

function section(name, settings) {
  const lines = Object.entries(settings).map(
    ([key, value]) => `  ${key} = ${typeof value === 'string' ? JSON.stringify(value) : value}`,
  );
  return `${name}: {\n${lines.join('\n')}\n}\n`;
}

/** "1.1.2" of what `janus --help` begins with; undefined if it says nothing of the kind. @param {string} text */
export function versionIn(text) {
  return /^Janus version: \d+ \(([\d.]+)\)/m.exec(text)?.[1];
}

/** The last that a log says of what went wrong; its last lines where nothing is marked. @param {string} log */
export function complaintsIn(log) {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const marked = lines.filter((line) => /\[(FATAL|ERR)\]/.test(line));
  return (marked.length > 0 ? marked : lines).slice(-5).join('\n');
}
