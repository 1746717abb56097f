import { preferences } from '../preferences/current.js';
import './relay-page.js';

preferences.load();
