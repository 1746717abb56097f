import { preferences } from '../preferences/current.js';
import './media-page.js';

preferences.load();
