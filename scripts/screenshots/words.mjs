// Who is in the pictures and what they say, in both languages.
export const CASTS = {
  en: {
    locale: 'en-US',
    names: ['Sora', 'Minji Kim', 'Noah', 'Ada Obi'],
    chat: [
      [1, 'Good morning! Shall we start with the garden?'],
      [2, 'Yes. The plan is at https://garden.example/plan'],
      [3, 'I can bring the seedlings on Saturday.'],
      [0, 'Perfect, thank you.'],
    ],
    screen: 'Plan for the garden',
    files: ['garden-plan.pdf', 'terrace-film.mp4', 'seed-list.xlsx'],
  },
  ko: {
    locale: 'ko-KR',
    names: ['소라', '김민지', '박서준', '오아다'],
    chat: [
      [1, '좋은 아침이에요! 마당 이야기부터 시작할까요?'],
      [2, '네, 계획은 여기 있어요. https://garden.example/plan'],
      [3, '토요일에 모종을 가져갈 수 있어요.'],
      [0, '좋아요, 고마워요.'],
    ],
    screen: '마당 가꾸기 계획',
    files: ['마당-계획.pdf', '테라스-영상.mp4', '씨앗-목록.xlsx'],
  },
};
