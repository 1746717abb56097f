export { deskOf, type FileDesk } from './desk.js';
export { FileDrop } from './file-drop.js';
export { FilesPanel } from './files-panel.js';
export { formatBytes } from './wording.js';
