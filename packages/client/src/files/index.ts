export type { FileSettings } from './settings.js';
export { availableSinks, blobSink, clearPrivateFiles, privateFileSink, savePickerSink } from './sinks.js';
export type { FileSink, Transfer, TransferState } from './transfer.js';
export type { FileEvents, FileTransfers, NamedBlob } from './transfers.js';
