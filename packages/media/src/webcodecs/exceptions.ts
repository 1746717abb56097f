/** The errors that W3C webcodecs names. */
export const invalidState = (why: string): DOMException => new DOMException(why, 'InvalidStateError');
export const notSupported = (why: string): DOMException => new DOMException(why, 'NotSupportedError');
export const dataError = (why: string): DOMException => new DOMException(why, 'DataError');
export const encodingError = (why: string): DOMException => new DOMException(why, 'EncodingError');
export const aborted = (why: string): DOMException => new DOMException(why, 'AbortError');
export const dataClone = (why: string): DOMException => new DOMException(why, 'DataCloneError');
