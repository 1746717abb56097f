import './app/maru-app.js';
import { navigation } from './app/navigation.js';
import { preferences } from './preferences/current.js';

preferences.load();
navigation.start();
