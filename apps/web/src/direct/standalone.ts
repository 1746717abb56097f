import { preferences } from '../preferences/current.js';
import { Direct } from './direct.js';

// The page that is one file: no app around it, nothing to fetch, good from disk.
preferences.load();
const page = new Direct();
page.standalone = true;
document.body.append(page);
