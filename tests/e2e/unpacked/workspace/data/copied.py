print('copied')
